/** Any of the errors here. */
export class TempsmsError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The server refused a request: a problem by RFC 9457, with the server's stable `code`. */
export class ApiError extends TempsmsError {
  constructor(status, problem = {}) {
    const title = problem.title || `the server answered ${status}`;
    super(problem.detail ? `${title}: ${problem.detail}` : title);
    this.status = status;
    this.code = problem.code ?? "";
    this.title = title;
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
  }
}

/** The server's address or the key cannot be one. */
export class BadOptions extends TempsmsError {}

/** The server could not be reached, or did not answer in time; the text has its address. */
export class NoAnswer extends TempsmsError {}

/** No message came in time; `seen` are the texts that came and did not match, oldest first. */
export class NoMessage extends TempsmsError {
  constructor(milliseconds, seen, what = "message") {
    const came = seen.length ? `; what came: ${seen.join(" | ")}` : "; nothing came";
    super(`no ${what} within ${milliseconds / 1000} seconds${came}`);
    this.seen = seen;
  }
}

/** The same of a message with a code. */
export class NoCode extends NoMessage {
  constructor(milliseconds, seen) {
    super(milliseconds, seen, "code");
  }
}
