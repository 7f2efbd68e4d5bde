export { formatRunConfig } from './config/format-run-config.js';
export { ConfigError, loadRunConfig, type Overrides, parseRunConfig } from './config/load-run-config.js';
export { type RunConfig, type RunTables, runConfigAliases, runConfigSchema } from './config/run-config.js';
export { type Diagnosis, diagnose, type Finding, type RunEstimate } from './doctor.js';
