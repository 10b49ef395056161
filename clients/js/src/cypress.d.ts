import type { SourceOptions } from "./playwright.js";

/** Tasks for `on("task", smsTasks())` in `setupNodeEvents`. */
export function smsTasks(options?: SourceOptions): Record<string, (argument: any) => Promise<any>>;
