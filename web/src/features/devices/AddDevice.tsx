// How a device gets here: the three lines a Pi needs, or a simulated house.
import { useTranslation } from "react-i18next";
import { FirstDevice } from "@/ui/drawings";
import { EmptyState } from "@/ui/EmptyState";
import { Panel } from "@/ui/Panel";
import classes from "./AddDevice.module.css";

const PI_LINES = `export MQTT_BROKER=192.168.1.10
export DEVICE_ID=raspberry-01
sensor-publisher`;

const HOUSE_LINE = "make up";

export function AddDevice() {
  const { t } = useTranslation();
  return (
    <Panel>
      <div data-testid="add-device">
        <EmptyState drawing={<FirstDevice />} title={t("devices.add.title")} text={t("devices.add.text")} />
        <div className={classes.ways}>
          <section>
            <h3 className={classes.title}>{t("devices.add.pi")}</h3>
            <pre className={classes.lines}>{PI_LINES}</pre>
            <p className={classes.note}>{t("devices.add.pi_note")}</p>
          </section>
          <section>
            <h3 className={classes.title}>{t("devices.add.house")}</h3>
            <pre className={classes.lines}>{HOUSE_LINE}</pre>
            <p className={classes.note}>{t("devices.add.house_note")}</p>
          </section>
        </div>
      </div>
    </Panel>
  );
}
