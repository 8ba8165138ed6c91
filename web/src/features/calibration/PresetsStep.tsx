// Step 3: places with a name, taken from where it points now.
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAngleWords } from "@/features/live/useAngleWords";
import { Field } from "@/ui/Field";
import classes from "./CalibrationPage.module.css";
import { isPresetName } from "./calibration";
import type { StepProps } from "./LimitsStep";

export function PresetsStep({ findings, servo, change }: StepProps) {
  const { t } = useTranslation();
  const words = useAngleWords();
  const [name, setName] = useState("");
  const { presets } = findings;
  const others = (gone: string) => presets.filter((preset) => preset.name !== gone);
  const bad = name !== "" && !isPresetName(name);
  const take = (event: FormEvent) => {
    event.preventDefault();
    if (!isPresetName(name)) return;
    change({ presets: [...others(name), { name, told_deg: servo.target_deg }] });
    setName("");
  };
  return (
    <>
      <p className={classes.text}>{t("calibration.presets.text")}</p>
      {presets.length > 0 && (
        <ul className={classes.presets}>
          {presets.map((preset) => (
            <li key={preset.name} data-testid={`preset-${preset.name}`}>
              <strong>{preset.name}</strong>
              <span>{words(preset.told_deg)}</span>
              <button
                type="button"
                className={classes.remove}
                aria-label={t("calibration.presets.remove", { name: preset.name })}
                onClick={() => change({ presets: others(preset.name) })}
              >
                <IconTrash size={18} stroke={1.75} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form className={classes.add} onSubmit={take}>
        <Field
          label={t("calibration.presets.name")}
          hint={t("calibration.presets.rule")}
          error={bad ? t("calibration.presets.rule") : null}
          value={name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className={classes.button} disabled={!isPresetName(name)} data-testid="preset-take">
          {t("calibration.presets.take", { angle: words(servo.target_deg) })}
        </button>
      </form>
    </>
  );
}
