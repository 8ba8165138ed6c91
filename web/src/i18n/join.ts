// The texts of taking a new Pi in.
import { addTexts } from ".";
import en from "./en/join.json";
import fr from "./fr/join.json";

addTexts("join", { en, fr });
