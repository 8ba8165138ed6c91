// What a list shows when it has nothing: a drawing, what that means, and what to do.
import type { ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface EmptyStateProps {
  drawing: ReactNode;
  title: string;
  text?: string | undefined;
  children?: ReactNode;
}

export function EmptyState({ drawing, title, text, children }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      {drawing}
      <h2 className={classes.title}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {children}
    </div>
  );
}
