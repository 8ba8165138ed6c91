// Moments and durations in words, by Intl, in the dashboard's language. ISO or milliseconds in, local time out.

export type Language = "en" | "fr";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let made = formats.get(key);
  if (made === undefined) {
    // "en-GB": 24-hour times and day before month, for an English that is not only American.
    made = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "fr-FR", options);
    formats.set(key, made);
  }
  return made;
}

function toMs(moment: string | number): number {
  return typeof moment === "number" ? moment : Date.parse(moment);
}

/** `12:04` */
export function clockTime(moment: string | number, language: Language): string {
  return format(language, { hour: "2-digit", minute: "2-digit" }).format(toMs(moment));
}

/** `12:04:31` */
export function clockTimeSeconds(moment: string | number, language: Language): string {
  return format(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(toMs(moment));
}

/** `23 November 2026 at 12:04:31.123`: everything there is to know. */
export function fullMoment(moment: string | number, language: Language): string {
  return format(language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  }).format(toMs(moment));
}

/** `23 Nov, 12:04` */
export function shortMoment(moment: string | number, language: Language): string {
  return format(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(toMs(moment));
}

/** `2026-11-23` in local time: what days are compared by. */
export function localDay(moment: string | number): string {
  const date = new Date(toMs(moment));
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** How many midnights (local time) lie between two moments. */
function daysBetween(earlier_ms: number, later_ms: number): number {
  const midnight_ms = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  // rounded: a day with a change to or from summer time has 23 or 25 hours
  return Math.round((midnight_ms(later_ms) - midnight_ms(earlier_ms)) / 86_400_000);
}

/** `Today`, `Yesterday`, else `Saturday 21 November`. */
export function dayName(moment: string | number, now_ms: number, language: Language): string {
  const days = daysBetween(toMs(moment), now_ms);
  if (days === 0 || days === 1) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  const sameYear = new Date(toMs(moment)).getFullYear() === new Date(now_ms).getFullYear();
  const words = format(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(toMs(moment));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `November 2026` */
export function monthName(moment: string | number, language: Language): string {
  return format(language, { month: "long", year: "numeric" }).format(toMs(moment));
}

/** From Monday on. */
export function weekdayNames(language: Language): { short: string; long: string }[] {
  // 2 November 2026 was a Monday.
  return Array.from({ length: 7 }, (_, index) => {
    const day_ms = new Date(2026, 10, 2 + index).getTime();
    return {
      short: format(language, { weekday: "narrow" }).format(day_ms),
      long: format(language, { weekday: "long" }).format(day_ms),
    };
  });
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** `now`, `12 sec. ago`, `3 min. ago`, … A moment slightly ahead of our clock is `now`. */
export function relativeTime(moment: string | number, now_ms: number, language: Language): string {
  const ago_s = Math.max(0, (now_ms - toMs(moment)) / 1000);
  const [unit, size_s] = STEPS.find(([, size]) => ago_s >= size) ?? ["second", 1];
  // "yesterday" is a word of the calendar, not of 24 hours
  const whole = unit === "day" ? daysBetween(toMs(moment), now_ms) : Math.floor(ago_s / size_s);
  const amount = ago_s < 5 ? 0 : whole;
  return new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }).format(-amount, unit);
}

/** `20 ms`, `0.5 s`, `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` (`3 j 4 h` in French): the two largest units. */
export function duration(length_s: number, language: Language): string {
  const whole_s = Math.max(0, length_s);
  if (whole_s > 0 && whole_s < 0.1) return `${amount(whole_s * 1000, language)} ms`;
  if (whole_s < 10 && whole_s % 1 !== 0) return `${amount(whole_s, language, 1)} s`;
  const parts: [number, string][] = [
    [Math.floor(whole_s / 86_400), language === "fr" ? "j" : "d"],
    [Math.floor((whole_s % 86_400) / 3600), "h"],
    [Math.floor((whole_s % 3600) / 60), "min"],
    [Math.floor(whole_s % 60), "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** A number as people write it in that language. */
export function amount(value: number, language: Language, digits = 0): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** `21 GB` / `21 Go`. */
export function dataSize(bytes: number, language: Language): string {
  const units = language === "fr" ? ["o", "ko", "Mo", "Go", "To"] : ["B", "kB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${amount(bytes / 1000 ** step, language, step > 2 ? 1 : 0)} ${units[step]}`;
}

/** `25` or `1:05`: what is left of a countdown, as on a clock. */
export function minutesSeconds(left_s: number): string {
  if (left_s < 60) return String(left_s);
  return `${Math.floor(left_s / 60)}:${String(left_s % 60).padStart(2, "0")}`;
}
