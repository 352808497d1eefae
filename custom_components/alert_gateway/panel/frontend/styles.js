import { css } from "./vendor/lit.js";

/** Colours, mixed from those of the theme so that text keeps a contrast of 4.5 to 1 in light and dark. */
export const colours = css`
  :host {
    --agw-text: var(--primary-text-color, #212121);
    --agw-page: var(--primary-background-color, #fafafa);
    --agw-card: var(--ha-card-background, var(--card-background-color, #fff));
    --agw-line: var(--divider-color, #0000001f);
    --agw-soft: color-mix(in srgb, var(--agw-text) 74%, var(--agw-card));
    --agw-fill: color-mix(in srgb, var(--agw-text) 6%, var(--agw-card));
    --agw-edge: color-mix(in srgb, var(--agw-text) 55%, var(--agw-card));
    --agw-accent: color-mix(in srgb, var(--primary-color, #009ac7) 62%, #000);
    --agw-on-accent: #fff;
    --agw-dialog: var(--ha-dialog-surface-background, var(--agw-card));
    --agw-accent-tint: color-mix(in srgb, var(--primary-color, #009ac7) 12%, var(--agw-card));
    --agw-bad: #a3121f;
    --agw-bad-tint: #fdeaec;
    --agw-bad-bar: #c4162a;
    --agw-warn: #834200;
    --agw-warn-tint: #fff1e0;
    --agw-warn-bar: #c76a00;
    --agw-news: #12508f;
    --agw-news-tint: #e7f1fc;
    --agw-news-bar: #1a66b5;
    --agw-calm: #46525d;
    --agw-calm-tint: #eef1f4;
    --agw-calm-bar: #77838f;
    --agw-good: #17602f;
    --agw-good-tint: #e6f5eb;
    --agw-good-bar: #2c8a4b;
    color-scheme: light;
  }
  :host([dark]) {
    --agw-accent: color-mix(in srgb, var(--primary-color, #009ac7) 58%, #fff);
    --agw-on-accent: #06222c;
    --agw-accent-tint: color-mix(in srgb, var(--primary-color, #009ac7) 20%, var(--agw-card));
    --agw-bad: #ffb8bd;
    --agw-bad-tint: #47191f;
    --agw-bad-bar: #ff6b78;
    --agw-warn: #ffcb97;
    --agw-warn-tint: #42290f;
    --agw-warn-bar: #f39a3d;
    --agw-news: #b3d6ff;
    --agw-news-tint: #17304b;
    --agw-news-bar: #5aa5f5;
    --agw-calm: #c6d0d9;
    --agw-calm-tint: #2b3238;
    --agw-calm-bar: #8b98a4;
    --agw-good: #a4e3b7;
    --agw-good-tint: #163621;
    --agw-good-bar: #4fbf75;
    color-scheme: dark;
  }
  /* Whatever colour a theme has for its accent, text in it can be read. */
  @supports (color: oklch(from red l c h)) {
    :host {
      --agw-accent: oklch(from var(--primary-color, #009ac7) min(l, 0.47) c h);
    }
    :host([dark]) {
      --agw-accent: oklch(from var(--primary-color, #009ac7) max(l, 0.78) c h);
    }
  }
`;

/** What all parts have in common. */
export const shared = css`
  :host {
    display: block;
    color: var(--agw-text);
    font-size: 15px;
    line-height: 1.45;
    overflow-wrap: break-word;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  h4,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 20px;
    font-weight: 500;
    line-height: 1.3;
  }
  h3 {
    font-size: 16px;
    font-weight: 500;
  }
  h4 {
    font-size: 15px;
    font-weight: 500;
  }
  .icon {
    width: 20px;
    height: 20px;
    flex: none;
  }
  .card {
    background: var(--agw-card);
    border: 1px solid var(--agw-line);
    border-radius: var(--ha-card-border-radius, 12px);
    padding: 16px;
  }
  .soft {
    color: var(--agw-soft);
  }
  .small {
    font-size: 13px;
  }
  /* What others wrote, in whatever script. */
  .words {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: plaintext;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .row > * {
    min-width: 0;
  }
  .spread {
    justify-content: space-between;
  }
  .stack {
    display: grid;
    gap: 16px;
  }
  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 44px;
    min-width: 44px;
    padding: 0 16px;
    border: 1px solid transparent;
    border-radius: 22px;
    background: transparent;
    color: var(--agw-accent);
    font-weight: 500;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover,
  .button:hover {
    background: var(--agw-accent-tint);
  }
  button.outlined,
  .button.outlined {
    border-color: var(--agw-edge);
  }
  button.filled {
    background: var(--agw-accent);
    color: var(--agw-on-accent);
  }
  button.filled:hover {
    background: color-mix(in srgb, var(--agw-accent) 88%, var(--agw-text));
  }
  button.danger {
    background: var(--agw-bad-tint);
    border-color: var(--agw-bad);
    color: var(--agw-bad);
  }
  a {
    color: var(--agw-accent);
  }
  /* Not "disabled": a button that loses the focus leaves whoever has no mouse nowhere. */
  button[aria-disabled="true"] {
    cursor: default;
    opacity: 0.55;
  }
  :focus-visible {
    outline: 2px solid var(--agw-accent);
    outline-offset: 2px;
    scroll-margin-block: 130px 24px; /* not behind the header */
  }
  label,
  legend {
    font-size: 13px;
    color: var(--agw-soft);
  }
  .field {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  select,
  input[type="text"],
  input[type="search"],
  textarea {
    min-width: 0;
    min-height: 44px;
    width: 100%;
    padding: 10px 12px;
    border: 1px solid var(--agw-edge);
    border-radius: 8px;
    background: var(--agw-card);
    color: var(--agw-text);
  }
  textarea {
    resize: vertical;
  }
  .chip {
    max-width: 100%;
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 2px 10px;
    border-radius: 12px;
    font-size: 13px;
    font-weight: 500;
    background: var(--agw-calm-tint);
    color: var(--agw-calm);
  }
  .chip span {
    overflow-wrap: anywhere;
    min-width: 0;
  }
  .chip .icon {
    width: 16px;
    height: 16px;
  }
  .chip.bad {
    background: var(--agw-bad-tint);
    color: var(--agw-bad);
  }
  .chip.warn {
    background: var(--agw-warn-tint);
    color: var(--agw-warn);
  }
  .chip.news {
    background: var(--agw-news-tint);
    color: var(--agw-news);
  }
  .chip.good {
    background: var(--agw-good-tint);
    color: var(--agw-good);
  }
  .note {
    display: flex;
    gap: 10px;
    align-items: center;
    padding: 10px 14px;
    border-radius: 8px;
    background: var(--agw-calm-tint);
    color: var(--agw-calm);
  }
  .note button {
    margin-inline-start: auto;
    color: inherit;
  }
  .note.bad {
    background: var(--agw-bad-tint);
    color: var(--agw-bad);
  }
  .note.warn {
    background: var(--agw-warn-tint);
    color: var(--agw-warn);
  }
  .note.good {
    background: var(--agw-good-tint);
    color: var(--agw-good);
  }
  .empty {
    padding: 40px 16px;
    text-align: center;
    color: var(--agw-soft);
  }
  .empty .button {
    margin-top: 12px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: no-preference) {
    button,
    .button {
      transition: background-color 120ms;
    }
  }
`;
