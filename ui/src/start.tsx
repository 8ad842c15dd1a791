import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { keepLook } from "./lib/look";
import { openPlatform } from "./platform";

const root = createRoot(document.getElementById("root")!);
void openPlatform().then((platform) => {
  // A look that cannot be kept holds for this window all the same.
  keepLook((look) => void platform.call("keep_look", look).catch(() => {}));
  root.render(
    <StrictMode>
      <App platform={platform} />
    </StrictMode>,
  );
});
