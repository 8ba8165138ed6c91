// The tokens of programs, without their secrets.
import { Button } from "@mantine/core";
import IconKey from "@tabler/icons-react/dist/esm/icons/IconKey.mjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTokens } from "@/api/accounts";
import type { TokenInfo } from "@/api/types";
import { useReachable } from "@/api/useFreshness";
import { relativeTime, shortMoment } from "@/format/time";
import { useNow_ms } from "@/format/useNow";
import { useLanguage } from "@/i18n";
import { LoadError } from "@/ui/LoadError";
import { Panel } from "@/ui/Panel";
import classes from "./Access.module.css";
import { RevokeDialog, TokenDialog } from "./TokenDialog";

export function TokensPanel() {
  const { t } = useTranslation();
  const reachable = useReachable();
  const query = useTokens();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<string | null>(null);
  return (
    <Panel title={t("access.tokens.title")} className={classes.wide}>
      <p className={classes.text}>
        {t("access.tokens.means")} {query.data?.length === 0 && t("access.tokens.none")}
      </p>
      {query.isError && query.data === undefined && (
        <LoadError error={query.error} retry={() => void query.refetch()} />
      )}
      <ul className={classes.list} data-testid="tokens">
        {query.data?.map((token) => (
          <Token key={token.name} token={token} revoke={() => setRevoking(token.name)} />
        ))}
      </ul>
      <Button h={44} disabled={!reachable} data-testid="token-add" onClick={() => setAdding(true)}>
        {t("access.tokens.add")}
      </Button>
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
      {revoking !== null && <RevokeDialog name={revoking} onClose={() => setRevoking(null)} />}
    </Panel>
  );
}

function Token({ token, revoke }: { token: TokenInfo; revoke: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reachable = useReachable();
  const now_ms = useNow_ms(60_000);
  const { name, scope, created_at, created_by, seen_at } = token;
  const seen =
    seen_at === null
      ? t("access.tokens.never")
      : t("access.tokens.seen", { time: relativeTime(seen_at, now_ms, language) });
  return (
    <li className={classes.row} data-testid={`token-${name}`} data-scope={scope}>
      <IconKey size={22} stroke={1.75} aria-hidden="true" />
      <span className={classes.words}>
        <span className={classes.name}>
          {name}
          <span className={classes.badge}>{t(`session.role.${scope}`)}</span>
        </span>
        <span className={classes.meta}>
          {t("access.tokens.by", { name: created_by, time: shortMoment(created_at, language) })} · {seen}
        </span>
      </span>
      <span className={classes.actions}>
        <Button
          variant="default"
          h={44}
          disabled={!reachable}
          aria-label={`${t("access.tokens.revoke")}: ${name}`}
          data-testid={`token-revoke-${name}`}
          onClick={revoke}
        >
          {t("access.tokens.revoke")}
        </Button>
      </span>
    </li>
  );
}
