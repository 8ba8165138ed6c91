// Marks values that nothing vouches for any more: "as of 12:04".
import classes from "./AsOf.module.css";

export function AsOf({ words }: { words: string | null }) {
  return words && <span className={classes.asOf}>{words}</span>;
}
