using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Benchmarks.ServerMemory;

/// <summary>
/// Makes a complete small model of an architecture by asking llama.cpp: each start of a server on an incomplete file names the next missing
/// key, the next missing tensor or its shape. So no list of tensors is needed for any architecture. All tensors are zero.
/// </summary>
/// <param name="path">Where the model's file is written.</param>
/// <param name="tryLoad">Lets llama.cpp load the file; returns null on success, otherwise its log.</param>
internal sealed partial class AskedModel(string path, Func<string, string?> tryLoad)
{
    private const int MaxQuestions = 1200;

    // Of a server that neither loads nor ends; a busy machine takes seconds.
    private static readonly TimeSpan s_longestStart = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _tensors = new(StringComparer.Ordinal);
    private Dictionary<string, long[]>? _beforeCopies;
    private bool _mayCopy = true;

    /// <summary>Writes the model's file; null on success, otherwise why llama.cpp does not take it.</summary>
    public string? Complete(ServerModel model)
    {
        foreach (var (key, value) in model.Metadata)
            _metadata[key] = value;
        // The first message about each tells its shape.
        foreach (var name in model.Unnamed)
            _tensors[name] = [1];
        for (var question = 0; question < MaxQuestions; question++)
        {
            Write();
            if (tryLoad(path) is not { } log)
                return null;
            if (!Learn(model.Architecture, log))
                return log.Split('\n').FirstOrDefault(line => line.Contains(" E ", StringComparison.Ordinal)
                    || line.Contains("ASSERT", StringComparison.Ordinal)) ?? "no answer";
        }
        return "too many questions";
    }

    /// <summary>Writes the completed model again, with contents.</summary>
    /// <param name="fill">The type of a tensor with some name and extents, and what writes its bytes.</param>
    public void Fill(Func<string, long[], (GgmlType Type, Action<Stream> Write)> fill)
    {
        var sources = new List<GgufTensorSource>();
        foreach (var (name, extents) in _tensors)
        {
            var (type, write) = fill(name, extents);
            sources.Add(new GgufTensorSource(name, extents, type, write));
        }
        using var file = File.Create(path);
        GgufWriter.Write(file, GgufWriter.BuildHeader(_metadata, sources), sources);
    }

    /// <summary>Lets a server load a model, as the constructor's second argument.</summary>
    public static string? TryLoad(string server, string path, params IEnumerable<string> arguments)
    {
        var log = string.Join('\n', RunServer(server, path, [.. (string[])["-c", "256", "-np", "1"], .. arguments]));
        return log.Contains("llama_kv_cache: ", StringComparison.Ordinal)
            || log.Contains("llama_memory_recurrent: ", StringComparison.Ordinal)
            || log.Contains("llama_kv_cache_dsv4: ", StringComparison.Ordinal) ? null : log;
    }

    /// <summary>Starts a server, reads its log until it has loaded the model or ended, and stops it.</summary>
    public static IReadOnlyList<string> RunServer(string server, string path, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(server) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        var port = FindFreePort().ToString(CultureInfo.InvariantCulture);
        string[] always = ["-m", path, "--host", "127.0.0.1", "--port", port, "--no-warmup", "--fit", "off", "-lv", "4"];
        foreach (var argument in always.Concat(arguments))
            start.ArgumentList.Add(argument);
        start.Environment["GGML_NO_BACKTRACE"] = "1";
        using var process = Process.Start(start)!;
        var lines = new List<string>();
        using var loaded = new ManualResetEventSlim();
        void Take(string? line)
        {
            if (line is null)
                return;
            lock (lines)
                lines.Add(line);
            if (line.Contains("initializing, n_slots", StringComparison.Ordinal))
                loaded.Set();
        }
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_longestStart && !loaded.Wait(20);)
        {
            if (process.HasExited)
                break;
        }
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
        lock (lines)
            return [.. lines];
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Learn(string architecture, string log)
    {
        if (MissingKey().Match(log) is { Success: true } key)
        {
            var name = key.Groups[1].Value;
            var suffix = name.StartsWith(architecture + ".", StringComparison.Ordinal) ? name[(architecture.Length + 1)..] : name;
            return ServerModels.FindDefault(suffix, (uint)_metadata[$"{architecture}.block_count"]) is { } value
                && _metadata.TryAdd(name, value);
        }
        if (MissingTensor().Match(log) is { Success: true } missing)
            return AddTensor(architecture, missing.Groups[1].Success ? missing.Groups[1].Value : missing.Groups[2].Value);
        if (TooFewRows().Match(log) is { Success: true } few && _tensors.TryGetValue(few.Groups[1].Value, out var narrow))
        {
            _tensors[few.Groups[1].Value] = [narrow[0], long.Parse(few.Groups[2].Value, CultureInfo.InvariantCulture)];
            return true;
        }
        if (WrongShape().Match(log) is { Success: true } shape)
        {
            var extents = shape.Groups[2].Value.Split(',').Select(extent => long.Parse(extent, CultureInfo.InvariantCulture)).ToList();
            while (extents.Count > 1 && extents[^1] == 1)
                extents.RemoveAt(extents.Count - 1);
            var name = shape.Groups[1].Value;
            if (_tensors.GetValueOrDefault(name)?.SequenceEqual(extents) == true)
                return false;
            _tensors[name] = [.. extents];
            return true;
        }
        if (_beforeCopies is null || !log.Contains("wrong number of tensors", StringComparison.Ordinal))
            return false;
        // The layers differ, so each is asked for.
        _tensors.Clear();
        foreach (var (name, extents) in _beforeCopies)
            _tensors[name] = extents;
        _beforeCopies = null;
        return true;
    }

    private bool AddTensor(string architecture, string name)
    {
        if (_tensors.ContainsKey(name))
            return false;
        var layer = Layer().Match(name);
        // With the first tensor of the second layer, the first layer is complete: most models have many alike.
        if (layer.Success && layer.Groups[1].Value == "1" && _mayCopy)
        {
            _mayCopy = false;
            _beforeCopies = new Dictionary<string, long[]>(_tensors, StringComparer.Ordinal);
            foreach (var (known, extents) in _beforeCopies.Where(pair => pair.Key.StartsWith("blk.0.", StringComparison.Ordinal)))
            {
                for (var i = 1; i < (uint)_metadata[$"{architecture}.block_count"]; i++)
                    _tensors[$"blk.{i}.{known["blk.0.".Length..]}"] = extents;
            }
            if (_tensors.ContainsKey(name))
                return true;
        }
        var twin = layer.Success ? _tensors.LastOrDefault(pair => Layer().Match(pair.Key) is { Success: true } other
            && other.Groups[2].Value == layer.Groups[2].Value).Value : null;
        _tensors[name] = twin ?? [1];
        return true;
    }

    private void Write()
    {
        var sources = _tensors.Select(tensor => new GgufTensorSource(tensor.Key, tensor.Value, GgmlType.F32, _ => { })).ToList();
        var header = GgufWriter.BuildHeader(_metadata, sources);
        using var file = File.Create(path);
        file.Write(header);
        file.SetLength(GgufWriter.FileBytes(header, sources));
    }

    [GeneratedRegex(@"key not found in model: (\S+)")]
    private static partial Regex MissingKey();

    [GeneratedRegex(@"tensor '([^']+)' not found|missing tensor '([^']+)'")]
    private static partial Regex MissingTensor();

    [GeneratedRegex(@"tensor '([^']+)' has wrong shape; expected (.*?), got")]
    private static partial Regex WrongShape();

    [GeneratedRegex(@"(\S+) has 1 rows, too few for .*\((\d+)\)")]
    private static partial Regex TooFewRows();

    [GeneratedRegex(@"^blk\.(\d+)\.(.*)$")]
    private static partial Regex Layer();
}
