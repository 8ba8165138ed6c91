// Node-RED without its editor and without any page of its own: only the flow runs. The rest are its defaults.
module.exports = {
  httpAdminRoot: false,
  httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
