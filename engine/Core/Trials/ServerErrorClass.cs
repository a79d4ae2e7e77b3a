using System.Text.Json.Serialization;

namespace MemoryWall.Core.Trials;

/// <summary>What a server's error message says happened.</summary>
public enum ServerErrorClass
{
    /// <summary>The message names no cause that is known here.</summary>
    Other,

    /// <summary>An allocation failed: memory ran out.</summary>
    [JsonStringEnumMemberName("memory_exhausted")]
    MemoryExhausted,

    /// <summary>The server refused before it allocated anything, because there is not enough memory.</summary>
    [JsonStringEnumMemberName("memory_refused")]
    MemoryRefused,

    /// <summary>The process that computes has ended, or its connection broke.</summary>
    [JsonStringEnumMemberName("crash")]
    Crash,
}
