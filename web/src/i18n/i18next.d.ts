import type { en } from "./en";
import type access from "./en/access.json";
import type calibration from "./en/calibration.json";
import type doctor from "./en/doctor.json";
import type join from "./en/join.json";
import type recordings from "./en/recordings.json";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: {
      translation: typeof en & {
        access: typeof access;
        calibration: typeof calibration;
        doctor: typeof doctor;
        join: typeof join;
        recordings: typeof recordings;
      };
    };
  }
}
