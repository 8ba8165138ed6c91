import { expect, test } from "vitest";
import { browserNames } from "./browserWords";

const CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0";

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROMIUM} Safari/537.36`, "Chrome", "Linux"],
  [`Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0 Safari/537.36`, "Chrome", "Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROMIUM} Safari/537.36 Edg/130.0`, "Edge", "Windows"],
  [`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${CHROMIUM} Mobile Safari/537.36`, "Chrome", "Android"],
  [`Mozilla/5.0 (Linux; Android 14) AppleWebKit SamsungBrowser/26.0 Chrome/122 Safari`, "Samsung Internet", "Android"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
    "Safari",
    "iPhone",
  ],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/130.0 Mobile Safari/604.1", "Chrome", "iPhone"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox", "macOS"],
  ["curl/8.5.0", "curl", ""],
  ["Something on Windows", "Windows", ""],
])("%s", (userAgent, browser, system) => {
  expect(browserNames(userAgent)).toEqual({ browser, system });
});

test.each(["", "\u0000\u0001", "home-panel"])("nobody knows %j", (userAgent) => {
  expect(browserNames(userAgent)).toBeNull();
});
