const CHANNELS: Record<string, string> = {
  letter: "Letter",
  email: "E-mail",
  sms: "Text message",
  statement_insert: "Insert",
  portal: "On the case",
  edi: "EDI",
};

/** A way notices go, in words; one that is not known yet is shown as it is. */
export const channelName = (id: string) => CHANNELS[id] ?? id;
