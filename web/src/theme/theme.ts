// The look as Mantine sees it. Colours are named by meaning in tokens.css; here they only reach Mantine's components.
import { Button, type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const beam: MantineColorsTuple = [
  "#e3faf6",
  "#c9f2eb",
  "#97e5d8",
  "#61d8c5",
  "#3fd0bd",
  "#23bfa9",
  "#12a08d",
  "#0b7a6d",
  "#08665b",
  "#044f46",
];

export const theme = createTheme({
  primaryColor: "beam",
  primaryShade: { light: 7, dark: 4 },
  colors: { beam },
  defaultRadius: 12,
  radius: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "650" },
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    // Mantine finds one text colour for both schemes; ours is dark ink on the bright dark-scheme teal.
    Button: Button.extend({
      vars: (_, { color, variant = "filled" }) => ({
        root: variant === "filled" && color === undefined ? { "--button-color": "var(--on-accent)" } : {},
      }),
    }),
  },
});

/** Mantine's own surfaces, text and borders take the tokens, in both schemes. */
export const cssVariables: CSSVariablesResolver = () => {
  const fromTokens = {
    "--mantine-color-body": "var(--ink)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--dim)",
    "--mantine-color-placeholder": "var(--dim)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--raised)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-anchor": "var(--teal)",
    "--mantine-color-error": "var(--amber)",
    "--mantine-color-disabled": "var(--raised)",
    "--mantine-color-disabled-color": "var(--dim)",
    "--mantine-color-disabled-border": "var(--line)",
  };
  return { variables: {}, light: fromTokens, dark: fromTokens };
};
