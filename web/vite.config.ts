/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  plugins: [
    react(),
    VitePWA({
      registerType: "autoUpdate",
      // registered from main.tsx: an inline script would break the Content-Security-Policy
      injectRegister: false,
      manifest: {
        name: "Vigie",
        short_name: "Vigie",
        description: "A home watch that works whole on the local network",
        start_url: "/",
        display: "standalone",
        background_color: "#0a0f1a",
        theme_color: "#0a0f1a",
        icons: [
          { src: "/lighthouse.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          { src: "/lighthouse-maskable.svg", sizes: "any", type: "image/svg+xml", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,png}"],
        navigateFallbackDenylist: [/^\/api\//, /^\/socket\.io\//, /^\/(healthz|metrics|docs|openapi\.json)/],
      },
    }),
  ],
  server: {
    proxy: {
      // The Host stays the browser's: the server refuses changes whose Origin is not its own.
      "/api": { target: SERVER, changeOrigin: false },
      "/healthz": { target: SERVER, changeOrigin: false },
      "/socket.io": { target: SERVER, changeOrigin: false, ws: true },
    },
  },
  build: {
    outDir: "../src/vigie/server/static",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2023",
    chunkSizeWarningLimit: 1000, // scripts/check-budget.mjs bounds what the first page loads, gzipped
    rolldownOptions: {
      output: {
        // What every page needs is one file: fifty small ones cost the first page a quarter of its time.
        codeSplitting: { groups: [{ name: "shell", tags: ["$initial"] }] },
      },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    css: false,
  },
});
