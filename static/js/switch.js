/** A switch that is off until somebody presses it, says its state in words, and is remembered in this browser only. */

export class Switch {
  /**
   * @param {string} id of its button, which holds a `data-state-word` for "off", "on" and every other state
   * @param {() => void} turnOn ends in `show` with the state that it came to
   */
  constructor(id, turnOn) {
    this.id = id;
    this.button = document.getElementById(id);
    this.button.hidden = false;
    this.button.addEventListener("click", () => (this.state === "on" ? this.show("off") : turnOn()));
    this.state = "off";
  }

  get isOn() {
    return this.button.ariaPressed === "true";
  }

  /** Whether it was left switched on. */
  get wasOn() {
    try {
      return localStorage.getItem(this.id) === "on";
    } catch {
      return false; // storage may be forbidden
    }
  }

  /**
   * @param {string} state
   * @param {boolean} isOn
   */
  show(state, isOn = state === "on") {
    this.state = state;
    this.button.ariaPressed = String(isOn);
    for (const word of this.button.querySelectorAll("[data-state-word]")) word.hidden = word.dataset.stateWord !== state;
    try {
      localStorage.setItem(this.id, isOn ? "on" : "off");
    } catch {
      // it holds for this page
    }
  }
}
