// A titled surface: the one kind of box that pages are made of. And the page's own heading.
import type { ReactNode } from "react";
import classes from "./Panel.module.css";

interface PanelProps {
  title?: ReactNode;
  /** At the right of the title: a link or a button. */
  aside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  className?: string | undefined;
}

export function Panel({ title, aside, children, flush = false, className }: PanelProps) {
  return (
    <section className={className ? `${classes.panel} ${className}` : classes.panel}>
      {(title || aside) && (
        <header className={classes.head}>
          {title && <h2 className={classes.title}>{title}</h2>}
          {aside}
        </header>
      )}
      <div className={flush ? undefined : classes.body}>{children}</div>
    </section>
  );
}

export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className={classes.page}>
      <h1 className={classes.pageTitle}>{title}</h1>
      {children && <div className={classes.actions}>{children}</div>}
    </header>
  );
}
