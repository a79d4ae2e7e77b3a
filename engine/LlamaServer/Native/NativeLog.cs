using System.Globalization;
using System.Text.RegularExpressions;
using LLama.Native;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Takes llama.cpp's log: to standard error for people, and its buffer sizes and last error words for reports, since the library tells them
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

    /// <summary>What llama.cpp last complained of.</summary>
    public string LastError
    {
        get
        {
            lock (_gate)
                return _lastError;
        }
    }

    /// <summary>What llama.cpp warned of since the last <see cref="Reset"/>.</summary>
    public string Warnings { get; private set; } = "";

    /// <summary>Forgets the error and the context's buffers; the weights stay unless they are loaded anew.</summary>
    public void Reset(bool keepWeights)
    {
        lock (_gate)
        {
            _lastError = "";
            Warnings = "";
            Buffers = new BufferSizes(keepWeights ? Buffers.Weights : 0, 0, 0);
        }
    }

    /// <summary>llama.cpp's callback; a line may come in several pieces.</summary>
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

    // The first words name the cause, the later ones what followed from it: when there are too many, the later ones go.
    private static string AppendLine(string words, string line) => words.Length == 0 ? line
        : words.Length < LineLimit ? $"{words}; {line}" : words;

    [GeneratedRegex(@"(?<kind>model|KV|RS|compute) buffer size =\s*(?<size>[0-9.]+) MiB")]
    private static partial Regex BufferSizeRegex();
}

/// <summary>Bytes that llama.cpp holds, summed over devices, as its log tells them (to a hundredth of a MiB).</summary>
/// <param name="Weights">The model's weights, mapped or copied.</param>
/// <param name="Kv">The KV cache and recurrent states.</param>
/// <param name="Compute">The compute buffers.</param>
internal readonly record struct BufferSizes(long Weights, long Kv, long Compute);
