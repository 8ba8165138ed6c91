// The texts of the calibration, for whoever shows them.
import { addTexts } from ".";
import en from "./en/calibration.json";
import fr from "./fr/calibration.json";

addTexts("calibration", { en, fr });
