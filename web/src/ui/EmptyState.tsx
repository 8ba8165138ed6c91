// What a list shows when it has nothing: a drawing, what that means, and what to do.
import type { ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface EmptyStateProps {
  drawing: ReactNode;
  title: string;
  text?: string | undefined;
  /** The title is the page's own heading. */
  page?: boolean;
  children?: ReactNode;
}

export function EmptyState({ drawing, title, text, page = false, children }: EmptyStateProps) {
  const Title = page ? "h1" : "h2";
  return (
    <div className={classes.empty}>
      {drawing}
      <Title className={classes.title}>{title}</Title>
      {text && <p className={classes.text}>{text}</p>}
      {children}
    </div>
  );
}
