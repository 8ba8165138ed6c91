// The texts of the examination, for whoever shows it.
import { addTexts } from ".";
import en from "./en/doctor.json";
import fr from "./fr/doctor.json";

addTexts("doctor", { en, fr });
