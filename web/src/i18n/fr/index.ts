import alerts from "./alerts.json";
import audit from "./audit.json";
import devices from "./devices.json";
import event from "./event.json";
import events from "./events.json";
import home from "./home.json";
import live from "./live.json";
import mode from "./mode.json";
import people from "./people.json";
import pin from "./pin.json";
import session from "./session.json";
import shell from "./shell.json";
import system from "./system.json";
import walk from "./walk.json";
import zones from "./zones.json";

export const fr = {
  alerts,
  audit,

  devices,
  event,
  events,
  home,
  live,
  mode,
  people,
  pin,

  session,
  shell,
  system,
  walk,
  zones,
};
