using System.Globalization;
using System.Text.RegularExpressions;
using LLama.Native;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Receives llama.cpp's log. It copies it to standard error and extracts the buffer sizes and the last error, which the library reports
/// nowhere else.
/// </summary>
internal sealed partial class NativeLog
{
    private const int LineLimit = 2000;
    private readonly Lock _gate = new();
    private LLamaLogLevel _level;
    private string _partial = "";
    private string _lastError = "";

    /// <summary>Bytes of the buffers reported since the last <see cref="Reset"/>.</summary>
    public BufferSizes Buffers { get; private set; } = new(0, 0, 0);

    /// <summary>The last errors that llama.cpp logged.</summary>
    public string LastError
    {
        get
        {
            lock (_gate)
                return _lastError;
        }
    }

    /// <summary>The warnings since the last <see cref="Reset"/>.</summary>
    public string Warnings { get; private set; } = "";

    /// <summary>Clears the errors, the warnings and the buffer sizes of the context; the size of the weights stays unless the model is
    /// reloaded.</summary>
    public void Reset(bool keepWeights)
    {
        lock (_gate)
        {
            _lastError = "";
            Warnings = "";
            Buffers = new BufferSizes(keepWeights ? Buffers.Weights : 0, 0, 0);
        }
    }

    /// <summary>llama.cpp's callback. A line may arrive in several parts.</summary>
    public void Write(LLamaLogLevel level, string message)
    {
        lock (_gate)
        {
            if (level != LLamaLogLevel.Continue)
                _level = level;
            _partial += message;
            if (!_partial.EndsWith('\n') && _partial.Length < LineLimit)
                return;
            var line = _partial.TrimEnd();
            _partial = "";
            ProcessLine(line.Length > LineLimit ? line[..LineLimit] : line);
        }
    }

    private void ProcessLine(string line)
    {
        if (line.Length == 0)
            return;
        if (_level == LLamaLogLevel.Warning)
            Warnings = AppendLine(Warnings, line);
        if (_level == LLamaLogLevel.Error)
            _lastError = AppendLine(_lastError, line);
        if (BufferSizeRegex().Match(line) is { Success: true } match)
        {
            var bytes = (long)Math.Round(double.Parse(match.Groups["size"].ValueSpan, CultureInfo.InvariantCulture) * (1 << 20));
            Buffers = match.Groups["kind"].Value switch
            {
                "model" => Buffers with { Weights = Buffers.Weights + bytes },
                "compute" => Buffers with { Compute = Buffers.Compute + bytes },
                _ => Buffers with { Kv = Buffers.Kv + bytes },
            };
        }
        if (_level != LLamaLogLevel.Debug)
            Console.Error.WriteLine(line);
    }

    // The first messages name the cause and the later ones its consequences, so the later ones are dropped when there are too many.
    private static string AppendLine(string text, string line) => text.Length == 0 ? line
        : text.Length < LineLimit ? $"{text}; {line}" : text;

    [GeneratedRegex(@"(?<kind>model|KV|RS|compute) buffer size =\s*(?<size>[0-9.]+) MiB")]
    private static partial Regex BufferSizeRegex();
}

/// <summary>Bytes of llama.cpp's buffers summed over devices, as it logs them (to a hundredth of a MiB).</summary>
/// <param name="Weights">The model's weights, mapped or copied.</param>
/// <param name="Kv">The KV cache and recurrent states.</param>
/// <param name="Compute">The compute buffers.</param>
internal readonly record struct BufferSizes(long Weights, long Kv, long Compute);
