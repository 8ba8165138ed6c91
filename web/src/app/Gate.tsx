// Stands before every page: who is asking is known first. The address stays, so one gets to the page that was asked for.
import { Fragment, lazy, type ReactNode, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { useSession } from "@/api/session";
import { SET_UP_PATH } from "@/api/setUpCode";
import { Lighthouse } from "@/ui/drawings";
import { ErrorBoundary } from "./ErrorBoundary";
import classes from "./Gate.module.css";
import { visitOf } from "./visits";

export const loadSignIn = () => import("@/features/entry/SignInPage");
export const loadSetUp = () => import("@/features/entry/SetUpPage");
const SignInPage = lazy(loadSignIn);
const SetUpPage = lazy(loadSetUp);

export function Gate({ children }: { children: ReactNode }) {
  const session = useSession();
  const { pathname } = useLocation();
  const isSetUpPage = pathname === SET_UP_PATH;
  if (session.state === "asking") return <Waiting />;
  if (session.state === "signed_out") return <Entry title="sign_in" page={<SignInPage />} />;
  if (session.state === "set_up" || (session.state === "open" && isSetUpPage)) {
    return <Entry title="set_up" page={<SetUpPage />} />;
  }
  if (session.state === "signed_in" && isSetUpPage) return <Navigate to="/" replace />;
  // Somebody else, or who may do other things now, begins afresh.
  return <Fragment key={visitOf(session)}>{children}</Fragment>;
}

function Entry({ title, page }: { title: "sign_in" | "set_up"; page: ReactNode }) {
  const { t } = useTranslation();
  const words = `${t(`session.title.${title}`)} · ${t("shell.name")}`;
  useEffect(() => {
    document.title = words;
  }, [words]);
  return (
    <ErrorBoundary>
      <Suspense fallback={<Waiting />}>{page}</Suspense>
    </ErrorBoundary>
  );
}

/** The answer comes at once as a rule: only then is anything drawn. */
function Waiting() {
  return (
    <div className={classes.waiting} aria-busy="true" data-testid="gate-waiting">
      <Lighthouse size={72} />
    </div>
  );
}
