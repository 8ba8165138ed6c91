// The list of keys, and the switch that turns them off.
import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shortcutsOn, switchShortcuts } from "@/ui/shortcuts";
import classes from "./HelpDialog.module.css";
import { PAGES } from "./pages";

export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [on, setOn] = useState(shortcutsOn);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("shell.help.title")}
      size="lg"
      centered
      closeButtonProps={{ "aria-label": t("shell.close"), size: 44 }}
    >
      <div className={classes.columns}>
        <Keys title={t("shell.help.go")}>
          {PAGES.map(({ name, key }) => (
            <Row key={name} keys={["g", key]} words={t(`shell.nav.${name}`)} />
          ))}
        </Keys>
        <Keys title={t("shell.help.lists")}>
          <Row keys={["j"]} words={t("shell.help.next")} />
          <Row keys={["k"]} words={t("shell.help.previous")} />
          <Row keys={["Enter"]} words={t("shell.help.open_event")} />
          <Row keys={["r"]} words={t("shell.help.review")} />
          <Row keys={["Esc"]} words={t("shell.help.close_drawer")} />
        </Keys>
        <Keys title={t("shell.help.pad")}>
          <Row keys={["←", "→"]} words={t("shell.help.turn")} />
          <Row keys={["Home"]} words={t("shell.help.center")} />
          <Row keys={["1", "9"]} words={t("shell.help.preset")} />
        </Keys>
        <Keys title={t("shell.help.play")}>
          <Row keys={["Space", "k"]} words={t("shell.help.play_pause")} />
          <Row keys={["j", "l"]} words={t("shell.help.jump")} />
          <Row keys={["←", "→"]} words={t("shell.help.jump_little")} />
          <Row keys={["n", "p"]} words={t("shell.help.clip_next")} />
        </Keys>
        <Keys title={t("shell.help.anywhere")}>
          <Row keys={["?"]} words={t("shell.help.this")} />
        </Keys>
      </div>
      <label className={classes.switch}>
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            setOn(event.target.checked);
            switchShortcuts(event.target.checked);
          }}
        />
        {t("shell.help.enabled")}
      </label>
    </Modal>
  );
}

function Keys({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list}>{children}</dl>
    </section>
  );
}

function Row({ keys, words }: { keys: string[]; words: string }) {
  return (
    <div className={classes.row}>
      <dt>
        {keys.map((key) => (
          <kbd key={key} className={classes.key}>
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{words}</dd>
    </div>
  );
}
