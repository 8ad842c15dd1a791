import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { type Command, CommandLayer, useCommands } from "../lib/commands";
import css from "./Dialog.module.css";
import { Icon, type IconName } from "./Icon";
import { IconButton } from "./ui";

interface Props {
  title: string;
  /** Name for tests: `data-screen`. */
  screen: string;
  icon?: IconName;
  width: number | string;
  height?: number | string;
  /** Beside the title. */
  head?: ReactNode;
  children: ReactNode;
  onClose: () => void;
  /** Opens near the top and without a head. */
  bare?: boolean;
  /** A click outside closes it; never where work could be lost. */
  light?: boolean;
}

export function Dialog({ title, screen, icon, width, height, head, children, onClose, bare, light }: Props) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={light ?? false}
      onOpenChange={(open) => !open && onClose()}
      className={css.scrim!}
      data-top={bare || undefined}
    >
      <Modal className={css.modal!} style={{ width, height }}>
        <AriaDialog className={css.dialog!} data-screen={screen} {...(bare ? { "aria-label": title } : {})}>
          <CommandLayer>
            {!bare && (
              <header className={css.head}>
                {icon && <Icon name={icon} size={16} />}
                <Heading slot="title" level={2}>
                  {title}
                </Heading>
                {head ?? <span className="grow" />}
                <IconButton icon="x" label="Close" command="close_dialog" onPress={onClose} />
              </header>
            )}
            {children}
          </CommandLayer>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export { css as dialogCss };

/** Commands of a dialog must be offered from inside it. */
export function DialogCommands({ of }: { of: Command[] }) {
  useCommands(of);
  return null;
}
