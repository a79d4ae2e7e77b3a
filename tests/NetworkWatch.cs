using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace MemoryWall.Tests;

/// <summary>Names each connection and each look-up of a name that the code which created it causes, in this process.</summary>
internal sealed class NetworkWatch : EventListener
{
    private static readonly string[] s_sources = ["System.Net.Sockets", "System.Net.Http", "System.Net.NameResolution"];
    private static readonly string[] s_events = ["ConnectStart", "RequestStart", "ResolutionStart"];

    // Other tests of the process connect too.
    private static readonly AsyncLocal<NetworkWatch?> s_current = new();

    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>A watch over what its creator does from now on.</summary>
    public NetworkWatch() => s_current.Value = this;

    /// <summary>What was seen.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    /// <summary>Forgets what was seen.</summary>
    public void Clear() => _seen.Clear();

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (s_sources.Contains(eventSource.Name))
            EnableEvents(eventSource, EventLevel.Informational);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (s_current.Value == this && eventData.EventName is { } name && s_events.Contains(name))
            _seen.Enqueue($"{name} {(eventData.Payload is { } payload ? string.Join(' ', payload) : "")}");
    }
}
