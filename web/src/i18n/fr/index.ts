import alerts from "./alerts.json";
import devices from "./devices.json";
import event from "./event.json";
import events from "./events.json";
import home from "./home.json";
import live from "./live.json";
import mode from "./mode.json";
import pin from "./pin.json";
import shell from "./shell.json";
import system from "./system.json";

export const fr = { alerts, devices, event, events, home, live, mode, pin, shell, system };
