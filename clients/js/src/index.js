export { Client } from "./client.js";
export { ApiError, BadOptions, NoAnswer, NoCode, NoMessage, TempsmsError } from "./errors.js";
export { Sandbox } from "./sandbox.js";
