"""Two instructions that NumPy and numba do not offer: prefetch, and a load from any byte."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Address of arguments[0][arguments[1]]."""
    view = context.make_array(signature.args[0])(context, builder, arguments[0])
    where = context.cast(builder, arguments[1], signature.args[1], types.intp)
    return builder.gep(view.data, [where])


@intrinsic
def prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of array[index] (one-dimensional); has no effect but speed."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature, arguments)
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [builder.bitcast(pointer, byte), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), codegen


@intrinsic
def load64(typingctx: Any, array: Any, index: Any) -> Any:
    """Eight bytes of a uint8 array from any position, as one uint64."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature, arguments)
        loaded = builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()))
        loaded.align = 1
        return loaded

    return types.uint64(array, index), codegen
