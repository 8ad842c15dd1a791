import { useCommands } from "../lib/commands";
import { useRead, useSend } from "../lib/data";
import { useEcho } from "../lib/echo";
import { useStatus } from "../lib/status";

/** On the sandbox everybody of the company can be played; real connections know one person. */
export function ActAs() {
  const { person, sandbox } = useStatus();
  const persons = useRead("list_persons", null, { enabled: sandbox });
  const actAs = useSend("act_as");
  const echo = useEcho();
  useCommands(
    (sandbox ? (persons.data ?? []) : []).map((one) => ({
      id: `act_as_${one.id}`,
      title: `Act as ${one.name}`,
      group: one.title,
      disabled: one.id === person.id && "Acting now",
      run: () => actAs.mutate({ person: one.id }, { onSuccess: () => echo.say(`You act as ${one.name}`), onError: echo.fail }),
    })),
  );
  return null;
}
