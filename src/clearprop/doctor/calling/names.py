"""What people call the parts of a network: which name means which parameter, gradient or data.

>>> parameter("weights_1"), parameter("b_hidden"), parameter("W")
(('W', '1'), ('b', 'first'), ('W', ''))
>>> gradient("dL_dW2"), gradient("grad_b1"), gradient("nabla_w")
(('W', '2'), ('b', '1'), ('W', ''))
>>> role("x_train"), role("targets"), role("lambda_"), role("hidden_size")
('X', 'y', 'l2', 'hidden')
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Named", "gradient", "intermediate", "layer_of", "parameter", "plain", "role"]

Named = tuple[str, str]
"""A kind ("W", "b", ...) and its place: a number as written, "first", "last", or ""."""

_WEIGHT = r"(?P<W>weights?|ws?|thetas?|kernels?|coefs?|mat|matrix)"
_BIAS = r"(?P<b>bias(?:es)?|bs?|intercepts?)"
_FIRST = (
    r"(?P<first>hidden|hid|h|ih|i2h|xh|in|input|inputhidden|inputtohidden|inputtohid|i|x"
    r"|hiddenlayer|inputlayer)"
)
_LAST = (
    r"(?P<last>output|outputs|out|o|ho|h2o|hy|y|hiddenoutput|hiddentooutput|hidout|final|last"
    r"|outputlayer)"
)
_PLACE = rf"(?:(?:layer|l|hidden|fc|h)?(?P<number>\d+)|{_FIRST}|{_LAST})"
_KIND = rf"(?:{_WEIGHT}|{_BIAS})"
_PARAMETER = tuple(
    re.compile(text) for text in (rf"{_KIND}(?:l|layer)?{_PLACE}?", rf"{_PLACE}{_KIND}")
)
_SLOPE = re.compile(
    r"(?:d[a-z]?(?:oss|ost)?d|dloss|dcost|grad(?:ient)?s?(?:of|wrt|for)?|nabla|delta|partial|d|g)"
    r"(?P<rest>.*)"
)
_SLOPE_AFTER = re.compile(r"(?P<rest>.*?)(?:grad(?:ient)?s?|prime|slopes?)")
_STEP = (
    ("delta", re.compile(rf"(?:delta|dz|dnet|err|error|d|gradz|dldz|dlossdz|gz|e){_PLACE}")),
    ("dA", re.compile(rf"(?:da|dh|dout|grada|gradh|dlda|dldh|dlossda|ga){_PLACE}")),
    ("Z", re.compile(rf"(?:z|net|pre|preact|s|in){_PLACE}")),
    ("A", re.compile(rf"(?:a|act|activation|h|out|o){_PLACE}")),
)
_STEP_NAMES = {
    "delta": {"dscores", "dscore", "dlogits", "dz", "deltaoutput", "deltao", "doutput"},
    "dA": {"dhidden", "dhid", "dh", "dhlayer"},
    "P": {"p", "probs", "prob", "probabilities", "probas", "yhat", "ypred", "softmax", "pred"},
}

_ROLES = {
    "X": r"x[bs]?|x(?:batch|train|data|in|mini|input|sample|i)|(?:batch|train|data)x|inputs?|input"
    r"(?:data|values|vector|s)?|data|features?|batch|a0|samples?|images?|imgs?|examples?|inp",
    "y": r"[yt][bs]?|[yt](?:batch|train|data|true|mini|onehot|oh|enc|hot|i|label|labels|vec)"
    r"|(?:batch|train)y|targets?|labels?|onehot(?:y|labels|targets)?|expected(?:output)?s?"
    r"|desired(?:output)?s?|truth|groundtruth|classes|answers?|target(?:values|vector|data)"
    r"|(?:true|correct)(?:labels?|y)|d|teacher",
    "l2": r"reg|regularization|regularisation|regstrength|reglambda|lam|lambda|lmbda|lambd|l2|l2reg"
    r"|weightdecay|wd|decay|l2lambda|lambdareg|regparam|l2strength",
    "rate": r"lr|learningrate|eta|stepsize|rate|epsilon",
    "count": r"m|n|nsamples|numsamples|batchsize|nexamples|numexamples|ndata|samplecount|nrows",
    "inputs": r"inputlayersize|inputsize|inputdim|nin|ninputs?|nx|numinputs?|nfeatures|dim|din"
    r"|inputnodes|ninputnodes|inputneurons|insize|indim|infeatures|d|inputunits",
    "hidden": r"hiddenlayersize|hiddensize|hiddendim|nhidden|nh|numhidden|hidden|h|hiddennodes"
    r"|hiddenneurons|hiddenunits|hiddenlayer|nhiddenunits|hdim",
    "outputs": r"outputlayersize|outputsize|outputdim|nout|noutputs?|ny|numoutputs?|numlabels"
    r"|numclasses|nclasses|outputnodes|outputneurons|outsize|outdim|outfeatures|classes|c|k"
    r"|outputunits|dout",
    "sizes": r"layers?|sizes?|layersizes?|layerdims?|layersdims?|dims?|architecture|shape"
    r"|topology|networksize|structure|units|nunits|arch|nnsize|widths",
    "parameters": r"params?|parameters?|model|net|network|nn|weights|state|theta|thetas|thetavec"
    r"|flat|vec|vector|nnparams|paramsvec|flatparams|wb|wts|statedict|p|w|mlp|variables|self",
}
_ROLE = {role: re.compile(text) for role, text in _ROLES.items()}


def plain(name: str) -> str:
    """Return a name in small letters, without the signs between its words.

    >>> plain("dL_dW1")
    'dldw1'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def parameter(name: str) -> Named | None:
    """Return which parameter a name means; None if it means none."""
    return _parameter(plain(name))


def _parameter(text: str) -> Named | None:
    for pattern in _PARAMETER:
        if found := pattern.fullmatch(text):
            return ("W" if found["W"] else "b"), _place(found)
    return None


def _place(found: re.Match[str]) -> str:
    parts = found.groupdict()
    if parts["number"]:
        return parts["number"]
    return "first" if parts["first"] else "last" if parts["last"] else ""


def gradient(name: str) -> Named | None:
    """Return of which parameter this is the gradient: ``dW1``, ``W1_grad``, ``nabla_b``."""
    text = plain(name)
    for pattern in (_SLOPE, _SLOPE_AFTER):
        found = pattern.fullmatch(text)
        if found and (named := _parameter(found["rest"])):
            return named
    return None


def intermediate(name: str) -> Named | None:
    """Return which step of the network a name means: delta1, dA1, Z1, A1, P.

    >>> intermediate("dz2"), intermediate("delta_hidden"), intermediate("probs")
    (('delta', '2'), ('delta', 'first'), ('P', ''))
    """
    text = plain(name)
    for kind, names in _STEP_NAMES.items():
        if text in names:
            return kind, "last" if kind == "delta" else "first" if kind == "dA" else ""
    for kind, pattern in _STEP:
        if found := pattern.fullmatch(text):
            return kind, _place(found)
    return None


def role(name: str) -> str | None:
    """Return what an argument of this name is: X, y, l2, sizes, ...; None if nobody knows."""
    text = plain(name)
    return next((kind for kind, known in _ROLE.items() if known.fullmatch(text)), None)


def layer_of(place: str, places: Iterable[str], n_layers: int) -> int | None:
    """Return the number of a layer, from 1 up, from its place as written.

    ``places`` are all places written beside it: where one is "0", people count from 0.

    >>> layer_of("1", ["0", "1"], 2), layer_of("12", ["12", "23"], 2), layer_of("last", [], 2)
    (2, 1, 2)
    """
    if place in ("first", "last"):
        return 1 if place == "first" else n_layers
    if not place:
        return 1 if n_layers == 1 else None
    written = [p for p in places if p.isdigit()]
    if len(place) == 2 and int(place) > n_layers and all(_pair(p) for p in written):
        start = min(int(p[0]) for p in [*written, place])
        layer = int(place[0]) + 1 - min(start, 1)
    else:
        layer = int(place) + (1 if any(int(p) == 0 for p in written) else 0)
    return layer if 1 <= layer <= n_layers else None


def _pair(place: str) -> bool:
    """Whether this is how people write "from layer i to layer i + 1": 12, 01."""
    return len(place) == 2 and int(place[1]) == int(place[0]) + 1
