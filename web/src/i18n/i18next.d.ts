import type { en } from "./en";
import type calibration from "./en/calibration.json";
import type recordings from "./en/recordings.json";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en & { calibration: typeof calibration; recordings: typeof recordings } };
  }
}
