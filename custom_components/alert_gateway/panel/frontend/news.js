/** What changed between two overviews that a person should hear, not only see. */
export function newsBetween(before, after, texts) {
  if (!before) {
    return { polite: "", urgent: "" };
  }
  const known = new Map(before.alarms.map((alarm) => [alarm.id, alarm]));
  const raised = after.alarms.filter((alarm) => !known.has(alarm.id));
  const taken = after.alarms.filter(
    (alarm) => alarm.acked_at && known.has(alarm.id) && !known.get(alarm.id).acked_at,
  );
  const isUrgent = (alarm) => alarm.severity === "critical";
  const announce = (alarm) =>
    texts.say("news.raised", {
      severity: texts.word("severity", alarm.severity),
      title: alarm.title || alarm.key,
    });
  const polite = [
    ...raised.filter((alarm) => !isUrgent(alarm)).map(announce),
    ...taken.map((alarm) =>
      texts.say("news.taken", { who: alarm.acked_by ?? "", title: alarm.title || alarm.key }),
    ),
  ];
  return { polite: polite.join(". "), urgent: raised.filter(isUrgent).map(announce).join(". ") };
}
