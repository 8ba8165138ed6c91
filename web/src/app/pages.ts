// The pages: address, key after `g`, icon. Routes, navigation, help and titles are made from this one list.
import IconBell from "@tabler/icons-react/dist/esm/icons/IconBell.mjs";
import IconCpu from "@tabler/icons-react/dist/esm/icons/IconCpu.mjs";
import IconHome from "@tabler/icons-react/dist/esm/icons/IconHome.mjs";
import IconListDetails from "@tabler/icons-react/dist/esm/icons/IconListDetails.mjs";
import IconMovie from "@tabler/icons-react/dist/esm/icons/IconMovie.mjs";
import IconSettings from "@tabler/icons-react/dist/esm/icons/IconSettings.mjs";
import IconVideo from "@tabler/icons-react/dist/esm/icons/IconVideo.mjs";

export const PAGES = [
  { name: "home", path: "/", key: "h", Icon: IconHome, phone: true },
  { name: "live", path: "/live", key: "l", Icon: IconVideo, phone: true },
  { name: "events", path: "/events", key: "e", Icon: IconListDetails, phone: true },
  // Not r: that acknowledges the open event.
  { name: "recordings", path: "/recordings", key: "v", Icon: IconMovie, phone: true },
  // On a phone the bell leads there.
  { name: "alerts", path: "/alerts", key: "a", Icon: IconBell, phone: false },
  { name: "devices", path: "/devices", key: "d", Icon: IconCpu, phone: true },
  { name: "system", path: "/system", key: "s", Icon: IconSettings, phone: true },
] as const;

export type PageName = (typeof PAGES)[number]["name"];

/** The page that an address belongs to, or undefined when there is none. */
export function pageOf(pathname: string): PageName | undefined {
  const first = `/${pathname.split("/")[1] ?? ""}`;
  return PAGES.find(({ path }) => path === first)?.name;
}
