// 3GPP TS 23.038, clause 6.2.1: what fits into 7 bits, and what takes two places.
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const DOUBLE = "^{}\\[~]|€";
const PLACES = 160;
const PLACES_OF_UCS2 = 70;

/** Whether a text fits into one SMS. */
export function isOneSms(text) {
  const widths = Array.from(text, (character) =>
    BASIC.includes(character) ? 1 : DOUBLE.includes(character) ? 2 : Infinity,
  );
  const places = widths.reduce((sum, width) => sum + width, 0);
  return Number.isFinite(places) ? places <= PLACES : text.length <= PLACES_OF_UCS2;
}
