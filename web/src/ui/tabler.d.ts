// Icons are imported one file each: the package's index would pull thousands of modules into tests and the dev server.
declare module "@tabler/icons-react/dist/esm/icons/*.mjs" {
  const Icon: import("./icons").IconType;
  export default Icon;
}
