// The texts of signing in, accounts, tokens and sessions, for whoever shows them.
import { addTexts } from ".";
import en from "./en/access.json";
import fr from "./fr/access.json";

addTexts("access", { en, fr });
