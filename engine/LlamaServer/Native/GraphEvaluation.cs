using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>Follows the nodes of the graphs that llama.cpp evaluates. Called between them, on the thread that computes: it must not
/// throw.</summary>
internal interface INodeListener
{
    /// <summary>A node is about to be computed, with those after it of which nobody wants to be told.</summary>
    /// <param name="tensor">The node (<c>ggml_tensor *</c>).</param>
    /// <returns>Whether to be told when it is done; the computation stops there for a moment, which costs time.</returns>
    bool OnNodeStarting(nint tensor);

    /// <summary>The node is done. Only for nodes that were asked for.</summary>
    void OnNodeDone(nint tensor);
}

/// <summary>
/// llama.cpp's graph evaluation callback (<c>cb_eval</c>), of which a context has one, shared by all who follow the nodes. Used by the
/// worker's thread alone.
/// </summary>
internal sealed unsafe class GraphEvaluation : IDisposable
{
    private readonly GCHandle _self;
    private INodeListener[] _listeners = [];
    private ulong _notifiedListeners;
    private bool _isSkipping;

    public GraphEvaluation() => _self = GCHandle.Alloc(this);

    /// <summary>For <c>cb_eval</c>.</summary>
    public static nint Callback => (nint)(delegate* unmanaged[Cdecl]<nint, byte, nint, byte>)&Evaluate;

    /// <summary>For <c>cb_eval_user_data</c>.</summary>
    public nint UserData => GCHandle.ToIntPtr(_self);

    /// <summary>Whether graphs are ended after their first node now.</summary>
    public bool IsSkipping => _isSkipping;

    /// <summary>Has somebody follow the nodes until the result is disposed of.</summary>
    public IDisposable AddListener(INodeListener listener)
    {
        _listeners = [.. _listeners, listener];
        return new DisposableAction(() => _listeners = [.. _listeners.Where(other => other != listener)]);
    }

    /// <summary>
    /// Ends every graph after its first node until the result is disposed of; nobody is told of nodes meanwhile. The library takes such a
    /// graph for done: positions advance, and KV cells are taken with whatever lies in them.
    /// </summary>
    public IDisposable BeginSkipping()
    {
        _isSkipping = true;
        return new DisposableAction(() => _isSkipping = false);
    }

    public void Dispose() => _self.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte Evaluate(nint tensor, byte ask, nint self)
    {
        var evaluation = Unsafe.As<GraphEvaluation>(GCHandle.FromIntPtr(self).Target!);
        return evaluation.Evaluate(tensor, ask != 0) ? (byte)1 : (byte)0;
    }

    // Asked: whether to be told when the node is done. Told: whether to go on with the graph.
    private bool Evaluate(nint tensor, bool ask)
    {
        if (_isSkipping)
            return ask;
        if (!ask)
        {
            for (var i = 0; i < _listeners.Length; i++)
                if ((_notifiedListeners & 1UL << i) != 0)
                    _listeners[i].OnNodeDone(tensor);
            return true;
        }
        _notifiedListeners = 0;
        for (var i = 0; i < _listeners.Length; i++)
            if (_listeners[i].OnNodeStarting(tensor))
                _notifiedListeners |= 1UL << i;
        return _notifiedListeners != 0;
    }

    private sealed class DisposableAction(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
