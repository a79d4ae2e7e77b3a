using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>Observes the nodes of the graphs that llama.cpp evaluates. It is called between nodes on the computing thread and must not
/// throw.</summary>
internal interface INodeListener
{
    /// <summary>A node is about to be computed, together with the following nodes that no listener asks for.</summary>
    /// <param name="tensor">The node (<c>ggml_tensor *</c>).</param>
    /// <returns>Whether <see cref="OnNodeDone"/> is to be called for this node. The computation synchronizes there, which costs
    /// time.</returns>
    bool OnNodeStarting(nint tensor);

    /// <summary>The node is computed. Called only for the nodes for which <see cref="OnNodeStarting"/> returned true.</summary>
    void OnNodeDone(nint tensor);
}

/// <summary>
/// llama.cpp's graph evaluation callback (<c>cb_eval</c>). A context has only one, so all listeners share it. Used only by the worker's
/// thread.
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

    /// <summary>Whether graphs currently end after their first node.</summary>
    public bool IsSkipping => _isSkipping;

    /// <summary>Adds a listener until the result is disposed.</summary>
    public IDisposable AddListener(INodeListener listener)
    {
        _listeners = [.. _listeners, listener];
        return new DisposableAction(() => _listeners = [.. _listeners.Where(other => other != listener)]);
    }

    /// <summary>
    /// Ends every graph after its first node until the result is disposed; listeners are not called meanwhile. llama.cpp treats such a
    /// graph as computed: positions advance, and the KV cells keep their contents.
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

    // With ask, the result is whether to call back when the node is done. Without, it is whether to continue the graph.
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
