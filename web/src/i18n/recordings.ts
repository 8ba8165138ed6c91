// The texts of the recordings, for whoever shows them.
import { addTexts } from ".";
import en from "./en/recordings.json";
import fr from "./fr/recordings.json";

addTexts("recordings", { en, fr });
