/** Languages that write numbers like this, by the names of Home Assistant. */
const LIKE = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  none: ["en-US"],
};

/** Writes numbers as the user has them set in Home Assistant. */
export class Numbers {
  constructor(hass) {
    const { language, number_format: format } = hass.locale ?? {};
    this._like = format === "system" ? undefined : (LIKE[format] ?? language ?? hass.language ?? "en");
    this._options = { useGrouping: format !== "none" };
  }

  /** 1,234 */
  write(number, options = {}) {
    const written = new Intl.NumberFormat(this._like, { ...this._options, ...options }).format(number);
    return written.replace("-", "−");
  }

  /** €12.40; a currency that is none, such as "credits", stands behind the number. */
  money(amount, currency) {
    const digits = Math.min((amount.split(".")[1] ?? "").length, 4);
    if (/^[A-Z]{3}$/.test(currency)) {
      const fraction = { minimumFractionDigits: Math.max(digits, 2), maximumFractionDigits: Math.max(digits, 2) };
      return this.write(Number(amount), { style: "currency", currency, ...fraction });
    }
    return `${this.write(Number(amount), { maximumFractionDigits: digits })} ${currency}`.trim();
  }

  /** −74 dBm */
  decibels(number) {
    return `${this.write(number)} dBm`;
  }
}
