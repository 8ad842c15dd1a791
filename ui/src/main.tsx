import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { App } from "./app/App";
import { applyLook } from "./lib/look";
import { openPlatform } from "./platform";

applyLook();
const root = createRoot(document.getElementById("root")!);
void openPlatform().then((platform) =>
  root.render(
    <StrictMode>
      <App platform={platform} />
    </StrictMode>,
  ),
);
