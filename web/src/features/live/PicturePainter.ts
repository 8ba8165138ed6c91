// Puts JPEGs into an <img> one after the other: while one is being decoded only the newest of the others waits.

export class PicturePainter {
  readonly #image: () => HTMLImageElement | null;
  #shown: string | null = null;
  #next: Blob | null = null;
  #decoding = false;
  #ended = false;

  constructor(image: () => HTMLImageElement | null) {
    this.#image = image;
  }

  paint(jpeg: Blob): void {
    this.#next = jpeg;
    if (!this.#decoding) this.#begin();
  }

  /** The last picture stays in the image: it is decoded, its address is not needed any more. */
  end(): void {
    this.#ended = true;
    this.#next = null;
    if (this.#shown !== null) URL.revokeObjectURL(this.#shown);
  }

  #begin(): void {
    const image = this.#image();
    const jpeg = this.#next;
    this.#next = null;
    if (image === null || jpeg === null) return;
    this.#decoding = true;
    const url = URL.createObjectURL(jpeg);
    const done = () => {
      if (this.#shown !== null && !this.#ended) URL.revokeObjectURL(this.#shown);
      if (this.#ended) URL.revokeObjectURL(url);
      this.#shown = url;
      this.#decoding = false;
      this.#begin();
    };
    image.onload = done;
    image.onerror = done;
    image.src = url;
  }
}
