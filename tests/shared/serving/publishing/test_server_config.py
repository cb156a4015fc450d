from __future__ import annotations

from shared.run.artefacts.published_file import LabelMove, PublishedRecord
from shared.serving.publishing.server_config import render_server_config


def test_versions_with_a_label_are_loaded_and_no_others() -> None:
    moves = (
        LabelMove(label="stable", reason="publish", version=1, moved_at="now"),
        LabelMove(label="stable", reason="publish", version=2, moved_at="now"),
        LabelMove(label="canary", reason="publish", version=3, moved_at="now"),
    )
    text = render_server_config(
        [PublishedRecord(model="speech", moves=moves), PublishedRecord(model="none")]
    )
    assert text.startswith("# Written by ")
    # As tensorflow_serving/config/model_server_config.proto has it.
    assert text.partition("\n")[2] == (
        "model_config_list {\n"
        "  config {\n"
        '    name: "speech"\n'
        '    base_path: "/models/speech"\n'
        '    model_platform: "tensorflow"\n'
        "    model_version_policy { specific { versions: 2 versions: 3 } }\n"
        '    version_labels { key: "stable" value: 2 }\n'
        '    version_labels { key: "canary" value: 3 }\n'
        "  }\n"
        "}\n"
    )
