using System;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json.Linq;

namespace Banter.Samples
{
    /// <summary>Fetches tickets from `banterd dev`. Put a call of your own backend in its place, which knows who
    /// the player is: a server in production gives no tickets away.</summary>
    public sealed class DevTickets : IUserSigProvider
    {
        readonly string rest;

        public DevTickets(string rest)
        {
            this.rest = rest;
        }

        public Task<string> GetUserSigAsync(string userId, CancellationToken cancel)
        {
            return Task.Run(() => Fetch(rest + "/dev/usersig?user=" + Uri.EscapeDataString(userId)), cancel);
        }

        static string Fetch(string address)
        {
            using (var response = WebRequest.Create(address).GetResponse())
            using (var text = new StreamReader(response.GetResponseStream()))
            {
                return (string)JObject.Parse(text.ReadToEnd())["user_sig"];
            }
        }
    }
}
