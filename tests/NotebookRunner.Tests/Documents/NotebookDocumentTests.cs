using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Rendering;

namespace MemoryWall.NotebookRunner.Tests.Documents;

public sealed class NotebookDocumentTests
{
    // As nbformat writes it: one space per level, characters unescaped, keys in order.
    private const string Written = """
        {
         "cells": [
          {
           "attachments": {},
           "cell_type": "markdown",
           "id": "intro-1",
           "metadata": {
            "mine": [
             1.50,
             true
            ]
           },
           "source": [
            "# Über Kontext <b>&amp;</b> 😀 'é'\n",
            "second"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": 3,
           "id": "abc_DEF-9",
           "metadata": {},
           "outputs": [
            {
             "name": "stdout",
             "output_type": "stream",
             "text": [
              "a\\b\t\"q\"\n"
             ]
            }
           ],
           "source": []
          }
         ],
         "metadata": {
          "kernelspec": {
           "display_name": ".NET (C#)",
           "language": "C#",
           "name": ".net-csharp"
          },
          "unknown": {}
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    private static NotebookDocument Parse(string json) => NotebookDocument.Parse(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void ToJson_NotebookAsJupyterWritesIt_GivesTheSameBytes()
    {
        var expected = Written.ReplaceLineEndings("\n");
        Assert.Equal(expected, Parse(expected).ToJson());
    }

    [Fact]
    public void Parse_NotebookOf44_GetsIdsAndIs45_AlwaysTheSame()
    {
        const string old =
            """{"cells":[{"cell_type":"code","source":"1","metadata":{},"outputs":[],"execution_count":null},"""
                + """{"cell_type":"raw","source":"1","metadata":{}}],"metadata":{},"nbformat":4,"nbformat_minor":4}""";
        var first = JsonNode.Parse(Parse(old).ToJson())!;

        Assert.Equal(5, (int)first["nbformat_minor"]!);
        var ids = first["cells"]!.AsArray().Select(cell => (string)cell!["id"]!).ToList();
        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9-_]{1,64}$", id));
        Assert.Equal(first.ToJsonString(), JsonNode.Parse(Parse(old).ToJson())!.ToJsonString());
    }

    [Fact]
    public void Parse_IdsTakenTwiceOrNotAllowed_FirstStaysOthersGetNewOnes()
    {
        var cells = Parse(
            """{"cells":[{"cell_type":"raw","id":"a","source":""},"""
                + """{"cell_type":"raw","id":"a","source":""},{"cell_type":"raw","id":"no spaces","source":""}]"""
                + ""","metadata":{},"nbformat":4,"nbformat_minor":5}""").Cells;
        var ids = cells.Select(cell => (string)cell.Node["id"]!).ToList();
        Assert.Equal("a", ids[0]);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.DoesNotContain("no spaces", ids);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "the document is a list")]
    [InlineData("{}", "nbformat is missing")]
    [InlineData("""{"nbformat":3,"nbformat_minor":0,"cells":[]}""", "nbformat is 3")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":{}}""", "cells is an object")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[],"cells":[]}""", "not JSON")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"python","source":""}]}""", "cells[0].cell_type")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":[1]}]}""", "cells[0].source")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":"" """
        + """ ,"outputs":[{"output_type":"stream","name":"stdout"}]}]}""", "cells[0].outputs[0].text")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":"" """
        + """ ,"outputs":[{"output_type":"display_data","data":{"text/html":{}}}]}]}""", "data['text/html']")]
    [InlineData("""{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","source":"\ud800"}]}""", "surrogate")]
    public void Parse_NoNotebook_SaysWhere(string json, string where)
    {
        var error = Assert.Throws<NotebookException>(() => Parse(json));
        Assert.Contains(where, error.Message);
    }

    [Fact]
    public void Parse_NestedWithoutEnd_IsRefused() =>
        Assert.Throws<NotebookException>(() => Parse(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))));

    /// <summary>A broken notebook is either refused with a message, or every operation on notebooks works with it.</summary>
    [Fact]
    public void Parse_BrokenNotebooks_AreRefusedOrWhole()
    {
        var valid = Encoding.UTF8.GetBytes(Written);
        string[] pieces = ["null", "[]", "{}", "1", "\"x\"", "\\ud800", "\"\\u0000\"", "]", "{\"text/html\":\"<b>\"}", "-1", "1e400",
            "\uFEFF", "99999999999"];
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Int[0, 40], Gen.Int[0, pieces.Length - 1]).Array[1, 4].Sample(cuts =>
        {
            var bytes = valid.ToList();
            foreach (var (at, length, piece) in cuts)
            {
                var start = Math.Min(at, bytes.Count);
                bytes.RemoveRange(start, Math.Min(length, bytes.Count - start));
                bytes.InsertRange(start, Encoding.UTF8.GetBytes(pieces[piece]));
            }
            NotebookDocument notebook;
            try
            {
                notebook = NotebookDocument.Parse(bytes.ToArray());
            }
            catch (NotebookException error)
            {
                return error.Message.Length > 0;
            }
            _ = new NotebookHtml(notebook, "n.ipynb", "n1", new ScriptRegistry()).Html;
            new Provenance().AddFromOutputs(notebook);
            NotebookStripper.Strip(notebook);
            var again = Parse(notebook.ToJson());
            return NotebookStripper.FindLeftovers(again).Count == 0 && again.Cells.Count == notebook.Cells.Count;
        }, iter: LongTests.Draws(3000));
    }

    [Fact]
    public void Html_OfAnErrorInACellWithoutSource_SaysWhereItStopped()
    {
        var notebook = Parse(
            """
            {"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","source":[],"metadata":{},"execution_count":null,
            "outputs":[{"output_type":"error","ename":"E","evalue":"no server","traceback":[]}]}]}
            """);

        Assert.Contains("It stopped at cell 1", new NotebookHtml(notebook, "n.ipynb", "n1", new ScriptRegistry()).Html);
    }

    /// <summary>Any JSON value in place of the values that a notebook expects.</summary>
    [Fact]
    public void Parse_AnyJsonInAnyPlace_IsRefusedOrWhole()
    {
        string[] values = ["null", "1", "\"a\"", "[]", "[\"a\"]", "[1]", "{}", "{\"a\":null}", "true", "{\"tags\":[\"parameters\"]}",
            "{\"tags\":\"x\"}", "\"code\"", "\"error\"", "\"stream\"", "{\"text/plain\":null}", "{\"application/json\":[1]}"];
        var value = Gen.Int[0, values.Length - 1].Select(index => values[index]);
        value.Array[7].Sample(parts =>
        {
            if (parts is not [var type, var source, var metadata, var kind, var data, var count, var text])
                return false;
            var json =
                $$"""
                {"nbformat":4,"nbformat_minor":5,"metadata":{{metadata}},"cells":[
                {"cell_type":"code","source":{{source}},"metadata":{{metadata}},"execution_count":{{count}},"attachments":{{data}},
                "outputs":[{"output_type":{{kind}},"data":{{data}},"name":{{text}},"text":{{text}},"ename":{{text}},"evalue":{{text}},
                "traceback":{{source}}}]},
                {"cell_type":"markdown","source":"![a](attachment:a)","attachments":{{data}},"metadata":{{metadata}},"id":{{type}}}]}
                """;
            try
            {
                var notebook = Parse(json);
                _ = new NotebookHtml(notebook, "n.ipynb", "n1", new ScriptRegistry()).Html;
                _ = notebook.Cells.Select(cell => cell.KernelName).ToList();
            }
            catch (NotebookException)
            {
                return true;
            }
            return true;
        }, iter: LongTests.Draws(5000));
    }
}
